// Loaded into jsii's Node before anything else, by cdk.py: what that module does for the bindings in Python, for their
// JavaScript. Their index requires some 2,100 modules; here each is required when it is first asked for.
"use strict";

const fs = require("node:fs");
const Module = require("node:module");

const INDEX = /[\\/]provider-aws[\\/](?:.*[\\/])?lib[\\/]index\.js$/;
const EXPORT = /^exports\.(\w+) = (?:__importStar\()?require\("(\.\/[^"]+)"\)\)?;$/gm;

const load = Module._extensions[".js"];

Module._extensions[".js"] = function (module, filename) {
  if (!INDEX.test(filename)) return load(module, filename);
  const source = fs.readFileSync(filename, "utf8");
  const found = [...source.matchAll(EXPORT)];
  // An index of another make is loaded as it is.
  if (found.length !== source.split("require(").length - 1) return load(module, filename);
  for (const [, name, path] of found) {
    Object.defineProperty(module.exports, name, { enumerable: true, get: () => module.require(path) });
  }
};
