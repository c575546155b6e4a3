"""The page: everything that knows gradio."""
