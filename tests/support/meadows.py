"""Scenes of the meadow that tests can foretell."""

from dataclasses import replace

from instavid.meadow.camera import Camera, Swing
from instavid.meadow.sampling import sample_scene
from instavid.meadow.world import Animal, Scene

STILL = Swing(0.0, 10.0, 0.0)


def crossing() -> Scene:
    """Return two sheep that meet in the middle of the frame at 4 s, number 1 the nearer."""
    scene = sample_scene(5, count=2)
    near, far = scene.animals
    walk = {"speed_mps": 0.5, "pace": STILL, "approach": STILL, "lap_m": 8.0, "start_m": 2.0}
    animals: tuple[Animal, ...] = (
        replace(near, facing=1, depth_m=4.5, **walk),
        replace(far, facing=-1, depth_m=5.5, **walk),
    )
    camera = Camera(truck_m=STILL, dolly_m=STILL, pan=STILL, horizon=0.35)
    return replace(scene, animals=animals, camera=camera)
