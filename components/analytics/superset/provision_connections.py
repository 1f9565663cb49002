"""Connects Superset to engines and makes the example, and leaves alone what people made of it since. May run again."""

import json
import sys
from pathlib import Path
from uuid import UUID

from superset.app import create_app

platform = json.loads(Path("/etc/superset/platform.json").read_text())
example = Path("/etc/superset-example")


def connect(wanted):
    """A connection that is there keeps everything but where it leads, and as whom. @returns whether it was made now"""
    password = Path(f"/etc/superset-{wanted['source']}/password").read_text()
    uri = make_url_safe(wanted["uri"]).set(username=wanted["username"], password=password)
    found = db.session.query(Database).filter_by(uuid=wanted["uuid"]).one_or_none()
    if found:
        if make_url_safe(found.sqlalchemy_uri_decrypted) != uri:
            print(f"database {wanted['name']}: address or password has changed")
            found.set_sqlalchemy_uri(uri.render_as_string(hide_password=False))
            db.session.commit()
        return False
    if db.session.query(Database).filter_by(database_name=wanted["name"]).count():
        sys.exit(f"somebody has named a database \"{wanted['name']}\": give it another name, that one is the platform's")
    print(f"database {wanted['name']}: made")
    import_database(
        {
            "uuid": wanted["uuid"],
            "database_name": wanted["name"],
            "sqlalchemy_uri": uri.render_as_string(hide_password=False),
            "expose_in_sqllab": True,
            "allow_run_async": True,
            "allow_ctas": False,
            "allow_cvas": False,
            "allow_dml": False,
            "allow_file_upload": False,
            "impersonate_user": wanted["impersonate"],
            "extra": wanted["extra"],
        },
        ignore_permissions=True,
    )
    db.session.commit()
    return True


def show(database, anew):
    """The example, once, and again with a connection that is made anew: who deletes it does not get it back."""
    contents = {
        path.name.replace("__", "/"): path.read_text() for path in sorted(example.iterdir()) if path.suffix == ".yaml"
    }
    key = next(UUID(json.loads(text)["uuid"]) for name, text in contents.items() if name.startswith("dashboards/"))
    # Noted when all of it is there: what was begun and not ended is made by the next attempt.
    if not anew and KeyValueDAO.get_entry(KeyValueResource.APP, key):
        return
    # What is imported names its connection; the one that is there stays as it is.
    contents["databases/connection.yaml"] = json.dumps(
        {
            "uuid": database["uuid"],
            "database_name": database["name"],
            "sqlalchemy_uri": database["uri"],
            "extra": {},
            "version": "1.0.0",
        }
    )
    ImportDashboardsCommand(contents).run()
    KeyValueDAO.upsert_entry(KeyValueResource.APP, {"made": True}, JsonKeyValueCodec(), key)
    db.session.commit()
    print("the example dashboard: made")


with create_app().app_context():
    from superset import db, security_manager
    from superset.commands.dashboard.importers.v1 import ImportDashboardsCommand
    from superset.commands.database.importers.v1.utils import import_database
    from superset.daos.key_value import KeyValueDAO
    from superset.databases.utils import make_url_safe
    from superset.key_value.types import JsonKeyValueCodec, KeyValueResource
    from superset.models.core import Database
    from superset.utils.core import override_user

    name = platform["administrator"]
    administrator = security_manager.find_user(username=name)
    if not administrator:
        sys.exit(f"somebody has deleted user {name}: Job superset-init makes it anew, run that again first")
    with override_user(administrator):
        for each in platform["databases"]:
            anew = connect(each)
            if each["example"]:
                show(each, anew)
