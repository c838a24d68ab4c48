"""Documents in, ranked passages out. Knows nothing of questions' answers, language models or HTTP."""
