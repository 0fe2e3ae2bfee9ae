"""What the chatbot remembers of people, in a database of its own: HOME/chats.db."""
