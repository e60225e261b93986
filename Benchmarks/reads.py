"""Compares the CPU cost of a widget read with that of the kernel and of nginx."""

import dataclasses
import statistics

from servers import Server, compile_c, free_port, start_allclear, whole_response

GOALS = {"floor": 1.15, "nginx return": 0.90}


@dataclasses.dataclass
class Read:
    """A way of reading the widget."""

    name: str
    connections: int = 64
    fields: dict = dataclasses.field(default_factory=dict)
    pipelined: int = 1

    def script(self, folder):
        """Writes the script with which wrk sends this read, and returns its path."""
        path = folder / "read.lua"
        lines = [f'wrk.headers["{name}"] = {value!r}' for name, value in self.fields.items()]
        lines += [
            "function init()",
            "  local one = wrk.format()",
            f"  batch = string.rep(one, {self.pipelined})",
            "end",
            "function request() return batch end",
        ]
        path.write_text("\n".join(lines))
        return path


def nginx_command(folder, port, response, secure={}):
    """The command of an nginx that sends the same answer: at /return from its configuration, at /body from a file.

    secure: the certificate and key for each port with TLS.
    """
    head, body = response.split(b"\r\n\r\n", 1)
    status, *lines = head.decode().split("\r\n")
    fields = dict(line.split(": ", 1) for line in lines)
    kept = ("access-control", "cache-control", "vary", "etag", "last-modified", "content-encoding",
            "x-content-type-options")
    adds = "".join(
        f"add_header {name} '{value}';" for name, value in fields.items() if name.lower().startswith(kept))
    # A configuration cannot contain a compressed body. It contains other text of the same length instead.
    text = "x" * len(body) if "Content-Encoding" in fields else body.decode().replace("'", "\\'")
    answer = f"return 200 '{text}'" if body else f"return {status.split()[1]}"
    content = f"root {folder}; {adds} location = /return {{ {answer}; }}"
    servers = "".join(
        f"server {{ listen 127.0.0.1:{number} ssl; ssl_certificate {certificate}; ssl_certificate_key {key}; {content} }}"
        for number, (certificate, key) in secure.items())
    folder.mkdir()
    (folder / "body").write_bytes(body)
    paths = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in
                    ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(f"""
        daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
        events {{ worker_connections 4096; }}
        http {{
            access_log off; etag off; keepalive_requests 1000000000; tcp_nodelay on; default_type application/json;
            {paths} open_file_cache max=10 inactive=1h; open_file_cache_valid 1h;
            ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20; ssl_prefer_server_ciphers on;
            ssl_session_cache off; ssl_session_tickets on;
            server {{ listen 127.0.0.1:{port}; {content} }}
            {servers}
        }}""")
    folder.chmod(0o755)
    return ["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "nginx.err")]


def compare_reads(options, folder):
    port = free_port()
    server = start_allclear(options.binary, folder, port)
    compile_c("floor.c", folder / "floor")
    tag = dict(line.split(": ", 1) for line in whole_response(port, server.path).split(b"\r\n\r\n")[0].decode()
               .split("\r\n")[1:])["ETag"]
    reads = [
        Read("200"), Read("304", fields={"If-None-Match": tag}), Read("gzip", fields={"Accept-Encoding": "gzip"}),
        Read("200", connections=512), Read("200, 16 pipelined", pipelined=16),
    ]
    print(f"CPU per widget read with 3 incidents, {options.rounds} rounds of {options.seconds} s "
          f"(goals: floor {GOALS['floor']}, nginx return {GOALS['nginx return']}):")
    for number, read in enumerate(reads):
        compare(server, read, options, folder / str(number))
    server.stop()


def compare(server, read, options, folder):
    """Reads from all servers in turn, so that other load on the machine affects all of them."""
    folder.mkdir()
    port = int(server.url.split(":")[2].split("/")[0])
    response = whole_response(port, server.path, read.fields)
    (folder / "response").write_bytes(response)
    floor_port, nginx_port = free_port(), free_port()
    others = [
        # The floor gets requests for the same path, so that it reads the same number of bytes.
        Server("floor", [str(folder.parent / "floor"), str(floor_port), str(folder / "response")], floor_port, server.path),
        Server("nginx return", nginx_command(folder / "nginx", nginx_port, response), nginx_port, "/return"),
    ]
    started = list(others)
    if read.name == "200" and read.connections == 64:
        others.append(others[1].alias("nginx file", f"http://127.0.0.1:{nginx_port}/body"))
    samples = {one.name: [] for one in [server, *others]}
    script = read.script(folder)
    for _ in range(options.rounds):
        for one in [server, *others]:
            samples[one.name].append(one.measure(options.seconds, read.connections, script))
    ours = samples[server.name]
    size = len(response.partition(b"\r\n\r\n")[2])
    print(f"  {read.name} of {size} bytes, {read.connections} connections: {statistics.median(ours):.2f} us", end="")
    for one in others:
        ratio = statistics.median(a / b for a, b in zip(ours, samples[one.name]))
        print(f"   /{one.name} {ratio:.2f}", end="")
    print(flush=True)
    for one in started:
        one.stop()
