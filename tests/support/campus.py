# SPDX-License-Identifier: MIT
"""campus-sim with its controls: faults, answers of one's own, and what it was asked; and its students."""

import poly_process

RUZ = "/api/v1/ruz"
CAS = "/cas"
RECORD_BOOK = "/record-book"


def password_of(login):
    """Of "student1" to "student6", and of "st4130701" and the like."""
    return "polytech-" + login


class Campus(poly_process.Daemon):
    """Paths of faults, overrides and requests are below a site's own: RUZ's unless `site` is CAS or RECORD_BOOK."""

    def __init__(self, environment=None, **options):
        super().__init__("campus-sim", environment, **options)

    @property
    def ruz_url(self):
        """For RUZ_BASE_URL."""
        return self.url + RUZ

    @property
    def cas_url(self):
        """For CAS_SERVER."""
        return self.url + CAS

    @property
    def record_book_url(self):
        """For RECORD_BOOK_URL."""
        return self.url + RECORD_BOOK

    def ruz(self, path, query=None):
        """What RUZ itself would answer, as JSON."""
        response = self.get(RUZ + path, query=query)
        assert response.status == 200, response
        return response.json

    def _control(self, method, what, **options):
        response = self.request(method, "/control/" + what, **options)
        assert response.status in (200, 204), response
        return response

    def fault(self, path_prefix="", site=RUZ, **members):
        """Switches a fault on: mode, delay_ms, status, probability, count, drip_bytes_per_second, size_bytes, chunked."""
        self._control("PUT", "faults", json_body={"path_prefix": site + path_prefix, **members})

    def clear_faults(self):
        self._control("DELETE", "faults")

    def override(self, path, body=None, site=RUZ, **members):
        """Answers `path` (with its date or search) with this JSON, or with text=… of any kind."""
        body = {} if body is None else {"body": body}
        self._control("PUT", "overrides", json_body={"path": site + path, **body, **members})

    def clear_overrides(self):
        self._control("DELETE", "overrides")

    def requests(self, path_prefix="", site=RUZ):
        """{"total", "in_flight", "max_in_flight", "paths": {target: count}} of what was asked since the last reset."""
        return self._control("GET", "requests", query={"path_prefix": site + path_prefix}).json

    def reset_requests(self):
        self._control("DELETE", "requests")
