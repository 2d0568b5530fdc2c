// Makes a video with an API key: storyboard, then render. It needs no package.
// It reads PICTORY_BASE_URL, PICTORY_API_KEY and PICTORY_POLL_SECONDS.
import { setTimeout as sleep } from "node:timers/promises";

const { PICTORY_BASE_URL, PICTORY_API_KEY, PICTORY_POLL_SECONDS = "30" } = process.env;
const POLLS = 60;
const storyboard = {
  videoName: "glaciers",
  backgroundMusic: { enabled: true, autoMusic: true, volume: 0.5 },
  voiceOver: { enabled: true, aiVoices: [{ speaker: "Emma", speed: 110 }] },
  scenes: [
    {
      story: "A glacier is a river of ice.\nIt moves a metre a day.",
      createSceneOnNewLine: true,
      background: {
        type: "video",
        visualUrl: "https://dg516uv4r33q1.cloudfront.net/public/teams/t1/glacier.mp4",
      },
    },
  ],
};

async function call(method, path, body) {
  const answer = await fetch(PICTORY_BASE_URL + path, {
    method,
    headers: { Authorization: PICTORY_API_KEY, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(120_000),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

async function wait(jobId) {
  for (let poll = 0; poll < POLLS; poll++) {
    const { data } = await call("GET", `/v1/jobs/${jobId}`);
    if (data.status === "completed") return data;
    if (data.status !== "in-progress") throw new Error(`job ${jobId}: ${JSON.stringify(data)}`);
    await sleep(1000 * Number(PICTORY_POLL_SECONDS));
  }
  throw new Error(`job ${jobId} is still in progress after ${POLLS} polls`);
}

try {
  const storyboardId = (await call("POST", "/v2/video/storyboard", storyboard)).data.jobId;
  await wait(storyboardId);
  const renderId = (await call("PUT", `/v2/video/render/${storyboardId}`, {})).data.jobId;
  console.log(JSON.stringify({ job_id: renderId, video_url: (await wait(renderId)).videoURL }));
} catch (error) {
  console.error(error.message, error.cause ?? "");
  process.exitCode = 1;
}
