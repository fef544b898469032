"""The back-office systems that cases can be delivered to, one kind a file."""
