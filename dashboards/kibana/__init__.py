"""The analysts' desk in Kibana: dashboards (one YAML file each), data views, saved searches and a tag."""
