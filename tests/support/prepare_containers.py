# SPDX-License-Identifier: MIT
"""Makes beforehand what the tests with containers begin with, for the engine's root that POLY_DOCKER_ROOT names."""

import time

import container_images
from docker_engine import Engine, Unavailable, end_well_when_terminated

end_well_when_terminated()
begun = time.monotonic()
engine = Engine()
try:
    container_images.prepare(engine.start())
    print(f"images are prepared, in {time.monotonic() - begun:.0f} s")
except Unavailable as reason:
    print(f"no images are prepared, because {reason}")
finally:
    engine.end()
