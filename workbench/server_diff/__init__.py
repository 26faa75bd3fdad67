"""Differences between what two servers say of themselves, graded for an app that moves from one to the other."""
