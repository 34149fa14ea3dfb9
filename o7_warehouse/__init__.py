"""The toolbox of the О7 warehouse: one module for each verb of a night; it does not know Airflow."""
