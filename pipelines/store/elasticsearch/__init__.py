"""The analysts' copy of the embedded store on an Elasticsearch cluster: indices, documents, questions."""
