"""App launch: the workbench as a SMART app at a site, from discovery to tokens, each exchange as it happens."""
