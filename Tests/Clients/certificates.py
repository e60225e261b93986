"""Makes certificates for the tests, with the openssl command."""

import pathlib
import ssl

from server import succeed


def make(folder, name, domain="localhost", *, rsa=False, passphrase=None, start=None, end=None):
    """Makes a self-signed certificate and its key, and returns their paths.

    start, end: the first and last moment of its validity, as YYYYMMDDHHMMSSZ; without them it is valid now.
    """
    folder = pathlib.Path(folder)
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    kind = ["rsa:2048"] if rsa else ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    lock = ["-passout", f"pass:{passphrase}"] if passphrase else ["-nodes"]
    kind_of_name = "IP" if domain.replace(".", "").isdigit() else "DNS"
    subject = ["-subj", f"/CN={domain}", "-addext", f"subjectAltName={kind_of_name}:{domain}"]
    if not end:
        run("req", "-x509", "-newkey", *kind, *lock, "-keyout", key, "-out", certificate, "-days", "30", *subject)
        return certificate, key
    request, index, config = folder / f"{name}.csr", folder / f"{name}.index", folder / f"{name}.cnf"
    run("req", "-new", "-newkey", *kind, *lock, "-keyout", key, "-out", request, *subject)
    index.write_text("")
    config.write_text(f"""
        [ca]\ndefault_ca = own\n[own]\ndatabase = {index}\nnew_certs_dir = {folder}\ndefault_md = sha256
        policy = any\ncopy_extensions = copy\nrand_serial = yes\n[any]\ncommonName = supplied\n""")
    run("ca", "-batch", "-selfsign", "-config", config, "-keyfile", key, "-in", request, "-out", certificate,
        "-startdate", start or "20200101000000Z", "-enddate", end, "-notext")
    return certificate, key


def context(certificate, key):
    """The settings of a TLS server with this certificate."""
    settings = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    settings.load_cert_chain(certificate, key)
    return settings


def run(*arguments):
    succeed("openssl", *arguments)
