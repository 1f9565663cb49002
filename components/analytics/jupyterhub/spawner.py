"""Makes notebooks of PodTemplates: pods that are hardened, sized and wired by the program, not here."""

from kubernetes_asyncio.client import V1ObjectMeta, V1Pod
from kubespawner import KubeSpawner
from traitlets import Integer, Unicode

AT_ONCE = "datalyptica.io/at-once"
TEMPLATE = "datalyptica.io/template"
HOME = "home"


class NoRoom(Exception):
    """The page that waits for a notebook shows what is in `jupyterhub_message`."""

    def __init__(self, most):
        self.jupyterhub_message = (
            f"All {most} notebooks of this size are in use. Choose another size, or try again when one has been stopped."
        )
        super().__init__(self.jupyterhub_message)


class NotebookSpawner(KubeSpawner):
    template = Unicode(config=True, help="Name of the PodTemplate that pods are made of.")
    domain = Unicode(config=True, help="Pods are `<pod>.<domain>` in DNS; its first label is that of their Service.")
    tls_port = Integer(config=True, help="Port of the pod where TLS ends.")

    async def get_pod_manifest(self):
        template = await self._template()
        self._one_more(template)
        own = await super().get_pod_manifest()
        pod = self._plain(template.template)
        metadata, spec = pod["metadata"], pod["spec"]
        # By these the pod has a name of its own in DNS.
        spec["hostname"] = self.pod_name
        spec["subdomain"] = self.domain.split(".")[0]
        for volume in spec["volumes"]:
            if volume["name"] == HOME:
                volume.pop("ephemeral")
                volume["persistentVolumeClaim"] = {"claimName": self.pvc_name}
        notebook = spec["containers"][0]
        said = self._plain(own.spec.containers[0].env)
        named = {variable["name"] for variable in notebook["env"]}
        notebook["env"] += [variable for variable in said if variable["name"] not in named]
        notebook["command"] += self.get_args()
        return V1Pod(
            api_version="v1",
            kind="Pod",
            metadata=V1ObjectMeta(
                name=self.pod_name,
                labels={**own.metadata.labels, **metadata["labels"]},
                annotations={**own.metadata.annotations, **metadata["annotations"], TEMPLATE: self.template},
            ),
            spec=spec,
        )

    async def _start(self):
        """The person's volume is made first, as large as the template says and of its class."""
        await self.load_user_options()
        template = await self._template()
        home = next(volume for volume in template.template.spec.volumes if volume.name == HOME)
        claim = home.ephemeral.volume_claim_template.spec
        self.storage_capacity = claim.resources.requests["storage"]
        self.storage_access_modes = claim.access_modes
        self.storage_class = claim.storage_class_name
        # Only told: the pod has it from the template.
        self.image = template.template.spec.containers[0].image
        return await super()._start()

    def _get_pod_url(self, pod):
        return f"https://{self.pod_name}.{self.domain}:{self.tls_port}"

    async def _template(self):
        return await self.api.read_namespaced_pod_template(self.template, self.namespace)

    def _one_more(self, template):
        """So many may have this size at once, and no more: they would take the room of services."""
        most = int(template.metadata.annotations[AT_ONCE])
        others = [
            pod
            for pod in self.pod_reflector.pods.values()
            if pod["metadata"]["name"] != self.pod_name
            and pod["metadata"].get("annotations", {}).get(TEMPLATE) == self.template
        ]
        if len(others) >= most:
            raise NoRoom(most)

    def _plain(self, model):
        return self.api.api_client.sanitize_for_serialization(model)
