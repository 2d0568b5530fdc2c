"""Certificates of the sandbox: who trusts them, and who may read their keys."""

import ipaddress
import stat
from pathlib import Path

import pytest
from cryptography import x509

from sandbox.certificates import Authority, write_atomically


def test_leaf_names_its_hosts_and_chains_to_the_authority(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    leaf = authority.issue("front", hosts=["api.pictory.ai", "127.0.0.1"])
    chain = x509.load_pem_x509_certificates(leaf.certificate.read_bytes())
    names = chain[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["api.pictory.ai"]
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("127.0.0.1")]
    chain[0].verify_directly_issued_by(x509.load_pem_x509_certificate(authority.certificate.read_bytes()))


def test_private_key_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    leaf = Authority(tmp_path / "ca").issue("front", hosts=["a.example"])
    assert stat.S_IMODE(leaf.key.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "ca").stat().st_mode) == 0o700


def test_authority_writes_no_key_of_its_own(tmp_path: Path) -> None:
    Authority(tmp_path / "ca")
    assert [path.name for path in (tmp_path / "ca").iterdir()] == ["ca.crt"]


def test_leaf_without_hosts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="name at least one"):
        Authority(tmp_path / "ca").issue("front", hosts=[])


def test_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old", mode=0o600)
    with pytest.raises(TypeError):
        write_atomically(path, None, mode=0o600)  # type: ignore[arg-type]
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
