"""The toolbox of the О7 warehouse: each verb of a night is a module here; Airflow is unknown to all of them."""
