"""The report: its types, its JSON document, who signed it and what people added to it. Its modules are public."""
