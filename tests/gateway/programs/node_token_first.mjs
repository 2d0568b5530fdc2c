// Makes a video with the legacy calls: token, storyboard, render. It needs no package.
// It reads PICTORY_BASE_URL, PICTORY_CLIENT_ID, PICTORY_CLIENT_SECRET, PICTORY_USER_ID and PICTORY_POLL_SECONDS.
import { setTimeout as sleep } from "node:timers/promises";

const { PICTORY_BASE_URL, PICTORY_POLL_SECONDS = "30" } = process.env;
const { PICTORY_CLIENT_ID, PICTORY_CLIENT_SECRET, PICTORY_USER_ID } = process.env;
const POLLS = 60;
const storyboard = {
  videoName: "volcanoes",
  language: "en",
  audio: { autoBackgroundMusic: true, aiVoiceOver: { speaker: "Jackson", speed: "100" } },
  scenes: [{ text: "A volcano sleeps for years. Then it wakes.", voiceOver: true, splitTextOnPeriod: true }],
};

async function call(method, path, headers, body) {
  const answer = await fetch(PICTORY_BASE_URL + path, {
    method,
    headers: { "Content-Type": "application/json", ...headers },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(120_000),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

async function wait(jobId, headers) {
  for (let poll = 0; poll < POLLS; poll++) {
    const { data } = await call("GET", `/v1/jobs/${jobId}`, headers);
    if (data.status === "completed") return data;
    if (data.status !== "in-progress") throw new Error(`job ${jobId}: ${JSON.stringify(data)}`);
    await sleep(1000 * Number(PICTORY_POLL_SECONDS));
  }
  throw new Error(`job ${jobId} is still in progress after ${POLLS} polls`);
}

async function makeVideo() {
  const credentials = { client_id: PICTORY_CLIENT_ID, client_secret: PICTORY_CLIENT_SECRET };
  const { access_token } = await call("POST", "/v1/oauth2/token", {}, credentials);
  const headers = { Authorization: access_token, "X-Pictory-User-Id": PICTORY_USER_ID };
  const upload = { fileName: "intro.png", contentType: "image/png" };
  await call("POST", "/v1/media/generateUrl", headers, upload);
  const { jobId } = await call("POST", "/v1/video/storyboard", headers, storyboard);
  const { renderParams } = await wait(jobId, headers);
  const { audio, output, scenes } = renderParams;
  const rendered = await call("POST", "/v1/video/render", headers, { audio, output, scenes });
  const done = await wait(rendered.data.job_id, headers);
  return { job_id: rendered.data.job_id, video_url: done.videoURL, share_url: done.shareVideoURL };
}

try {
  console.log(JSON.stringify(await makeVideo()));
} catch (error) {
  console.error(error.message, error.cause ?? "");
  process.exitCode = 1;
}
