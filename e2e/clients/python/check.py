"""What programs in Python do with a cluster, by the official client of PyPI.

The only argument is a kubeconfig. Everything happens in a namespace that is made first and deleted last.
"""

import copy
import json
import socket
import sys
import threading

from kubernetes import client, config, dynamic, watch
from kubernetes.client.rest import ApiException
from kubernetes.stream import portforward, stream

from report import check, eventually, run, same

SPACE = "client-python"
BOX = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "box", "labels": {"app": "box"}},
    "spec": {
        "terminationGracePeriodSeconds": 1,
        "containers": [{
            "name": "box",
            "image": "busybox",
            "command": ["sh", "-c", "echo started; exec httpd -f -p 8080 -h /etc"],
        }],
    },
}


def reading(name="sleeper", command="cat"):
    """A Pod that reads its standard input."""
    pod = copy.deepcopy(BOX)
    pod["metadata"] = {"name": name}
    pod["spec"]["containers"][0].update(command=["sh", "-c", command], stdin=True)
    return pod


def running(core, name):
    """Waits for a Pod to run."""
    return eventually(f"{name} runs", lambda: core.read_namespaced_pod(name, SPACE).status.phase == "Running")


def status_of(error):
    """The Status that came with an error."""
    return json.loads(error.body)


def refused(code, call, *arguments, **options):
    """The Status of a call that must be refused with `code`."""
    try:
        call(*arguments, **options)
    except ApiException as error:
        same(error.status, code)
        return status_of(error)
    raise AssertionError(f"was not refused with {code}")


@check("version")
def version(_):
    found = client.VersionApi().get_code()
    same((found.major, found.minor), ("1", "35"))


@check("create a namespace, and its service account appears")
def namespace(core):
    core.create_namespace({"metadata": {"name": SPACE}})
    accounts = lambda: [each.metadata.name for each in core.list_namespaced_service_account(SPACE).items]
    eventually("the account", lambda: "default" in accounts())


@check("create a Pod from a dict, and read it as typed models")
def create(core):
    made = core.create_namespaced_pod(SPACE, BOX)
    same(made.spec.containers[0].image_pull_policy, "Always")
    running(core, "box")
    pod = core.read_namespaced_pod("box", SPACE)
    same(pod.status.container_statuses[0].ready, True)
    same([each.type for each in pod.status.conditions if each.status == "True" and each.type == "Ready"], ["Ready"])


@check("create from typed models, with dry run")
def typed(core):
    pod = client.V1Pod(
        metadata=client.V1ObjectMeta(name="typed"),
        spec=client.V1PodSpec(containers=[client.V1Container(name="c", image="busybox")]),
    )
    made = core.create_namespaced_pod(SPACE, pod, dry_run="All")
    same(made.metadata.name, "typed")
    same(refused(404, core.read_namespaced_pod, "typed", SPACE)["reason"], "NotFound")


@check("errors are Status objects in Kubernetes' words")
def errors(core):
    same(refused(404, core.read_namespaced_pod, "nobody", SPACE)["message"], 'pods "nobody" not found')
    again = refused(409, core.create_namespaced_pod, SPACE, BOX)
    same((again["reason"], again["message"]), ("AlreadyExists", 'pods "box" already exists'))
    bad = refused(422, core.create_namespaced_pod, SPACE, {"metadata": {"name": "A_b"}, "spec": {"containers": []}})
    same(sorted(each["field"] for each in bad["details"]["causes"])[-1], "spec.containers")


@check("list by labels, by fields, and in pages")
def lists(core):
    for name in ("page-1", "page-2", "page-3"):
        core.create_namespaced_config_map(SPACE, {"metadata": {"name": name, "labels": {"page": "yes"}}})
    first = core.list_namespaced_config_map(SPACE, label_selector="page in (yes)", limit=2)
    same([each.metadata.name for each in first.items], ["page-1", "page-2"])
    same(first.metadata.remaining_item_count, None)  # Not counted under a selector.
    rest = core.list_namespaced_config_map(SPACE, label_selector="page=yes", limit=2, _continue=first.metadata._continue)
    same([each.metadata.name for each in rest.items], ["page-3"])
    by_field = core.list_namespaced_pod(SPACE, field_selector="metadata.name=box,status.phase=Running")
    same([each.metadata.name for each in by_field.items], ["box"])


@check("watch a Pod from its creation to its end")
def watches(core):
    seen = []
    since = core.list_namespaced_pod(SPACE).metadata.resource_version
    core.create_namespaced_pod(SPACE, reading("short", "exit 4") | {"kind": "Pod"})
    deleted = False
    events = watch.Watch().stream(
        core.list_namespaced_pod, SPACE, resource_version=since, field_selector="metadata.name=short", timeout_seconds=60
    )
    for event in events:
        pod = event["object"]
        seen.append(event["type"])
        states = pod.status.container_statuses or []
        if not deleted and any(each.state.terminated or each.last_state.terminated for each in states):
            ended = states[0].state.terminated or states[0].last_state.terminated
            same(ended.exit_code, 4)
            core.delete_namespaced_pod("short", SPACE)
            deleted = True
        if event["type"] == "DELETED":
            break
    same((seen[0], seen[-1]), ("ADDED", "DELETED"))


@check("watch from a revision that is forgotten ends with 410")
def gone(core):
    since = core.list_namespaced_config_map(SPACE).metadata.resource_version
    core.create_namespaced_config_map(SPACE, {"metadata": {"name": "large"}})
    for turn in range(12):  # More than a server of this kind remembers.
        core.patch_namespaced_config_map("large", SPACE, {"data": {"text": chr(97 + turn) * 900_000}})
    core.delete_namespaced_config_map("large", SPACE)

    def look():
        for _ in watch.Watch().stream(core.list_namespaced_config_map, SPACE, resource_version=since, timeout_seconds=5):
            pass

    try:
        look()
    except ApiException as error:
        same(error.status, 410)
        assert "Expired: too old resource version" in error.reason, error.reason
    else:
        raise AssertionError("the watch went on")


@check("logs: read, tail, follow")
def logs(core):
    eventually("the log", lambda: core.read_namespaced_pod_log("box", SPACE) == "started\n")
    same(core.read_namespaced_pod_log("box", SPACE, tail_lines=0), "")
    core.create_namespaced_pod(SPACE, reading("counter", "for i in 1 2 3; do echo $i; done; sleep 600"))
    running(core, "counter")
    lines = []
    for line in watch.Watch().stream(core.read_namespaced_pod_log, "counter", SPACE, follow=True):
        lines.append(line)
        if len(lines) == 3:
            break
    same(lines, ["1", "2", "3"])


@check("exec: output, errors and exit code")
def execs(core):
    command = ["sh", "-c", "echo out; echo err >&2; exit 3"]
    session = stream(core.connect_get_namespaced_pod_exec, "box", SPACE, command=command, stdout=True, stderr=True,
                     stdin=False, tty=False, _preload_content=False)
    session.run_forever(timeout=30)
    same((session.read_stdout(), session.read_stderr(), session.returncode), ("out\n", "err\n", 3))
    plain = stream(core.connect_get_namespaced_pod_exec, "box", SPACE, command=["echo", "abc"], stdout=True)
    same(plain, "abc\n")


@check("exec with standard input")
def stdin(core):
    session = stream(core.connect_get_namespaced_pod_exec, "box", SPACE, command=["sh", "-c", "read a; echo got $a; exit 5"],
                     stdout=True, stderr=True, stdin=True, tty=False, _preload_content=False)
    session.write_stdin("hello\n")
    session.run_forever(timeout=30)
    same((session.read_stdout(), session.returncode), ("got hello\n", 5))


@check("exec with a terminal, resized")
def terminal(core):
    session = stream(core.connect_get_namespaced_pod_exec, "box", SPACE, command=["sh"], stdout=True, stderr=True,
                     stdin=True, tty=True, _preload_content=False)
    session.write_channel(4, json.dumps({"Width": 101, "Height": 33}))
    seen = ""

    def sized():
        nonlocal seen
        session.write_stdin("stty size\n")
        session.update(timeout=1)
        seen += session.read_stdout() if session.peek_stdout() else ""
        return "33 101" in seen

    eventually("the size", sized)
    session.write_stdin("exit\n")
    session.run_forever(timeout=30)
    same(session.is_open(), False)


@check("exec of large binary output")
def large(core):
    session = stream(core.connect_get_namespaced_pod_exec, "box", SPACE, stdout=True, stderr=True, binary=True,
                     command=["head", "-c", "3000000", "/dev/zero"], _preload_content=False)
    session.run_forever(timeout=60)
    same(len(session.read_stdout()), 3000000)


@check("exec into what is not there is refused with a Status")
def no_exec(core):
    error = refused_stream(core, "nobody", None)
    assert 'pods "nobody" not found' in error, error
    error = refused_stream(core, "box", "other")
    assert "container other is not valid for pod box" in error, error


def refused_stream(core, name, container):
    options = {"container": container} if container else {}
    try:
        stream(core.connect_get_namespaced_pod_exec, name, SPACE, command=["true"], stdout=True, **options)
    except ApiException as error:
        return error.reason.replace('\\"', '"')  # The Status is quoted in the handshake's failure.
    raise AssertionError("was not refused")


@check("attach with standard input")
def attach(core):
    core.create_namespaced_pod(SPACE, reading())
    running(core, "sleeper")
    session = stream(core.connect_get_namespaced_pod_attach, "sleeper", SPACE, stdout=True, stderr=True, stdin=True,
                     tty=False, _preload_content=False)
    session.write_stdin("echoed\n")

    def echoed():
        session.update(timeout=1)
        return session.peek_stdout() and session.read_stdout()

    same(eventually("the echo", echoed), "echoed\n")
    session.close()


@check("port-forward")
def forward(core):
    tunnel = portforward(core.connect_get_namespaced_pod_portforward, "box", SPACE, ports="8080")
    connection = tunnel.socket(8080)
    connection.setblocking(True)
    connection.sendall(b"GET /hostname HTTP/1.0\r\n\r\n")
    answer = b""
    while part := connection.recv(4096):
        answer += part
    assert answer.startswith(b"HTTP/1.") and answer.endswith(b"box\n"), answer
    same(tunnel.error(8080), None)


@check("port-forward to a port where nobody listens says so")
def no_forward(core):
    tunnel = portforward(core.connect_get_namespaced_pod_portforward, "box", SPACE, ports="9999")
    connection = tunnel.socket(9999)
    connection.setblocking(True)
    same(connection.recv(10), b"")
    error = eventually("the error", lambda: tunnel.error(9999))
    assert "refused" in error, error


def patched(core, body, media, **options):
    return core.patch_namespaced_config_map("patched", SPACE, body, _content_type=media, **options)


@check("patch of every type")
def patches(core):
    core.create_namespaced_config_map(SPACE, {"metadata": {"name": "patched"}, "data": {"a": "1", "b": "2"}})
    same(patched(core, {"data": {"a": None}}, "application/merge-patch+json").data, {"b": "2"})
    operations = [{"op": "test", "path": "/data/b", "value": "2"}, {"op": "add", "path": "/data/c", "value": "3"}]
    same(patched(core, operations, "application/json-patch+json").data, {"b": "2", "c": "3"})
    same(patched(core, {"data": {"$patch": "replace", "d": "4"}}, "application/strategic-merge-patch+json").data, {"d": "4"})
    refused(422, patched, core, [operations[0]], "application/json-patch+json")
    image = {"spec": {"containers": [{"name": "box", "image": "busybox:latest"}]}}
    same(core.patch_namespaced_pod("box", SPACE, image).spec.containers[0].image, "busybox:latest")


def applied(core, data, manager, **options):
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "applied"}, "data": data}
    return core.patch_namespaced_config_map(
        "applied", SPACE, body, field_manager=manager, _content_type="application/apply-patch+yaml", **options
    )


@check("server-side apply: create, conflict, force, give up a field")
def apply(core):
    same(applied(core, {"a": "1", "b": "1"}, "one").data, {"a": "1", "b": "1"})
    conflict = refused(409, applied, core, {"a": "2"}, "two")
    assert conflict["message"].startswith('Apply failed with 1 conflict: conflict with "one": .data.a'), conflict
    same(conflict["details"]["causes"][0]["reason"], "FieldManagerConflict")
    same(applied(core, {"a": "2"}, "two", force=True).data, {"a": "2", "b": "1"})
    after = applied(core, {"b": "1"}, "one")
    same(sorted(each.manager for each in after.metadata.managed_fields), ["one", "two"])
    same(applied(core, {}, "one").data, {"a": "2"})


@check("replace needs the revision that was read")
def replace(core):
    read = core.read_namespaced_config_map("patched", SPACE)
    old = copy.deepcopy(read)
    read.data = {"x": "y"}
    same(core.replace_namespaced_config_map("patched", SPACE, read).data, {"x": "y"})
    old.data = {"x": "z"}
    same(refused(409, core.replace_namespaced_config_map, "patched", SPACE, old)["reason"], "Conflict")


@check("the dynamic client finds kinds by discovery, applies and watches")
def dynamically(core):
    everything = dynamic.DynamicClient(client.ApiClient())
    maps = everything.resources.get(api_version="v1", kind="ConfigMap")
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "dynamic"}, "data": {"a": "1"}}
    made = maps.server_side_apply(namespace=SPACE, body=body, field_manager="dynamic")
    same(made.data.a, "1")
    for event in maps.watch(namespace=SPACE, resource_version="0", field_selector="metadata.name=dynamic", timeout=10):
        same(event["object"].metadata.name, "dynamic")
        break
    same(maps.delete(name="dynamic", namespace=SPACE).status, "Success")


@check("ephemeral containers")
def ephemeral(core):
    more = {"spec": {"ephemeralContainers": [{"name": "debugger", "image": "busybox", "command": ["sleep", "600"]}]}}
    core.patch_namespaced_pod_ephemeralcontainers("box", SPACE, more)

    def runs():
        states = core.read_namespaced_pod("box", SPACE).status.ephemeral_container_statuses or []
        return any(each.state.running for each in states)

    eventually("the debugger runs", runs)


@check("evict a Pod")
def evict(core):
    core.create_namespaced_pod_eviction("sleeper", SPACE, {"metadata": {"name": "sleeper"}})
    names = lambda: [each.metadata.name for each in core.list_namespaced_pod(SPACE).items]
    eventually("it is gone", lambda: "sleeper" not in names())


@check("Events tell of the Pod's life")
def events(core):
    found = core.list_namespaced_event(SPACE, field_selector="involvedObject.name=box").items
    reasons = {each.reason for each in found}
    assert {"Scheduled", "Pulled", "Created", "Started"} <= reasons, reasons


@check("delete a collection, then the namespace")
def delete(core):
    core.delete_collection_namespaced_config_map(SPACE, label_selector="page=yes")
    same(core.list_namespaced_config_map(SPACE, label_selector="page").items, [])
    core.delete_namespace(SPACE)
    names = lambda: [each.metadata.name for each in core.list_namespace().items]
    eventually("the namespace is gone", lambda: SPACE not in names())


config.load_kube_config(sys.argv[1])
socket.setdefaulttimeout(60)
threading.excepthook = lambda failure: print(f"# in a thread: {failure.exc_value}", file=sys.stderr)
run(client.CoreV1Api())
