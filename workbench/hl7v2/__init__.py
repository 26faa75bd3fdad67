"""HL7 v2 as pure knowledge: messages, dictionary, acknowledgments and MLLP framing."""
