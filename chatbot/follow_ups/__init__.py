"""What each language leaves out of a follow-up, and how it is put back in; pure rules."""
