package dev.penstock.volumes;

import dev.penstock.spi.ownership.Ownership;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What a crash cut off, and whether it came to pass is to be found out. */
sealed interface InFlight {
  record Nothing() implements InFlight {}

  record Creating(String volume, long sectors) implements InFlight {}

  record Removing(String volume) implements InFlight {}

  record Growing(String volume, long sectors) implements InFlight {}

  record Snapshotting(String volume, String snapshot) implements InFlight {}

  record Destroying(String volume, List<UUID> snapshots) implements InFlight {}

  record Cloning(VolumeModel.Taken snapshot, String volume) implements InFlight {}

  record RollingBack(String volume, VolumeModel.Taken snapshot) implements InFlight {}

  record Holding(VolumeModel.Taken snapshot, String tag, boolean held) implements InFlight {}

  record MovingHold(String volume, VolumeModel.Taken to, String tag) implements InFlight {}

  record SettingReplica(String volume, boolean replica) implements InFlight {}

  /** Empty if it is to be forgotten. */
  record Recording(String volume, Optional<Ownership> next) implements InFlight {}

  record Arriving(Arrival arrival) implements InFlight {}
}
