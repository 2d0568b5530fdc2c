"""The embedded default: a local AWS, a stand-in for Pictory, and a runner of what was deployed."""
