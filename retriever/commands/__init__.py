"""What the command line needs beside its verbs."""
