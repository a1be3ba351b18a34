"""Elasticsearch for the tests: a real node from Maven Central's jars, or the cluster at ELASTICSEARCH_URL."""
