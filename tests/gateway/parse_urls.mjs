// Reads a JSON array of texts from standard input; prints for each the hosts that a browser's URL parser finds in it:
// as it stands on a page of base.invalid, and where a program writes "https://" before it.
import { readFileSync } from "node:fs";

function host(text, base) {
  try {
    return new URL(text, base).hostname;
  } catch {
    return null;
  }
}

const texts = JSON.parse(readFileSync(0, "utf8"));
const found = texts.map((text) => [host(text, "https://base.invalid/"), host("https://" + text)]);
process.stdout.write(JSON.stringify(found));
