"""Airflow's sign-in by accounts and roles: Flask-AppBuilder's, with one right made narrower."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.providers.fab.auth_manager.fab_auth_manager import FabAuthManager

if TYPE_CHECKING:
    from airflow.api_fastapi.auth.managers.base_auth_manager import ResourceMethod
    from airflow.api_fastapi.auth.managers.models.resource_details import DagDetails
    from airflow.providers.fab.auth_manager.models import User


# Airflow looks for the words "FabAuthManager" in the name of the class it is given.
class ApprovingFabAuthManager(FabAuthManager):
    """Who may answer an approval need not be let to change its DAG.

    Without this an answer asks for the right to edit the DAG, with which whoever approves editions could also stop
    them: pause the DAG, or have it parsed again.
    """

    def is_authorized_dag(
        self,
        *,
        method: ResourceMethod,
        user: User,
        access_entity: DagAccessEntity | None = None,
        details: DagDetails | None = None,
    ) -> bool:
        """Whether the user may; an answer needs the right to answer, and to read the approval and its DAG."""
        asked: dict[str, Any] = {"user": user, "access_entity": access_entity, "details": details}
        if access_entity is DagAccessEntity.HITL_DETAIL and method == "PUT":
            may_answer = self.is_authorized_custom_view(method=method, resource_name="HITL Detail", user=user)
            return may_answer and super().is_authorized_dag(method="GET", **asked)
        return super().is_authorized_dag(method=method, **asked)
