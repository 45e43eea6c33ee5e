"""What a chapter learns from: generators and public corpora."""
