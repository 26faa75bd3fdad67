"""Documents carried by HL7 v2: how they are written into a message, read out of one, and what goes wrong between."""
