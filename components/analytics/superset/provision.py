"""Makes the administrator and a role that Superset itself lacks, once. May run again."""

import json
from pathlib import Path

from superset.app import create_app

platform = json.loads(Path("/etc/superset/platform.json").read_text())


def administrator():
    """The user for the day when Keycloak is away, and for checks. Its password is set once."""
    name = platform["administrator"]
    if security_manager.find_user(username=name):
        return
    role = security_manager.find_role("Admin")
    password = Path("/etc/superset-admin/password").read_text()
    mail = f"{name}@localhost.invalid"
    if not security_manager.add_user(name, "Platform", "Administrator", mail, role, password=password):
        raise SystemExit(f"user {name} could not be made")
    print(f"user {name}: made")


def reads_everything():
    """A role that reads all data, for roles of the realm that do; Superset's own know only data they were given."""
    name = platform["readsAll"]
    if security_manager.find_role(name):
        return
    print(f"role {name}: made")
    role = security_manager.add_role(name)
    for right in ("all_database_access", "all_datasource_access"):
        security_manager.add_permission_role(role, security_manager.add_permission_view_menu(right, right))
    db.session.commit()


with create_app().app_context():
    from superset import db, security_manager

    reads_everything()
    administrator()
