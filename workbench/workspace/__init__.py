"""The workspace: the folder on disk, the shipped library, remote sandboxes and the log of exchanges."""
