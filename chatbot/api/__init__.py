"""What programs call instead of clicking, and what tells how a server is doing."""
