"""What Amazon ECS does with a deployed service: its task definition's containers, as processes of this machine.

A container's file system, network and cluster are mapped, nothing else of the definition is changed:

- a volume is a directory of its own for each task, the public trust store is the sandbox's authority;
- a task has a loopback address, which stands for ``0.0.0.0`` in Envoy's listeners;
- an image is the program it holds.

User, capabilities and read-only root of a container are the kernel's to enforce and cannot be shown by a plain
process; the policies prove that the definition asks for them.
"""
