"""What runs inside Airflow beside the DAGs: who may sign in, and accounts; speaks with the toolbox by JSON alone."""
