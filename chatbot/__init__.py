"""The chatbot: a question about documents in, a quotation with its place out. Knows both doors."""
