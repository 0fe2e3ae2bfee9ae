"""Files on their way in: the queue, its worker, and the way of one file."""
