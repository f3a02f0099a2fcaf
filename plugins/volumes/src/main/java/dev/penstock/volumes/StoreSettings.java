package dev.penstock.volumes;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.volumes.manifest.VolumeSize;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The settings of a store of the kind {@code files}. Made from valid settings only.
 *
 * @param path the store's directory, which nothing else may use
 * @param createParents whether directories above it are made too, if they are missing
 * @param volumesMax how many volumes there can be
 * @param volumeBytesMax how large a volume can be
 * @param openLayersMax how many files of layers stay open that nobody uses
 * @param mapBytesMax how much memory the maps of layers may take
 * @param nativeCalls whether the C library may be called
 */
record StoreSettings(
    Path path,
    boolean createParents,
    int volumesMax,
    long volumeBytesMax,
    int openLayersMax,
    long mapBytesMax,
    boolean nativeCalls) {
  static final int VOLUMES_MAX = 1_000;

  /** Every manifest is read when the store is opened, and every open volume holds three files. */
  static final int VOLUMES_MAX_MAX = 100_000;

  /** What ext4 with 4 KiB blocks takes in one file, less a block. */
  static final long VOLUME_BYTES_MAX = (16L << 40) - 4096;

  /** Half of what an offset can say. */
  static final long VOLUME_BYTES_MAX_MAX = 1L << 62;

  /** A read of what was not read for a long time then opens a file first. */
  static final int OPEN_LAYERS_MAX = 4096;

  static final int OPEN_LAYERS_MAX_MAX = 1 << 20;

  /** A part of the heap that leaves room for everything else. */
  static final long MAP_BYTES_MAX = 64L << 20;

  /** Less, and a single dense map is read again and again. */
  static final long MAP_BYTES_MAX_MIN = 1L << 20;

  /** Reads the block. Every problem goes to {@code problems}; empty if there was one. */
  static Optional<StoreSettings> read(Block block, Problems problems) {
    int before = problems.count();
    Optional<Path> path = path(block, problems);
    boolean createParents = block.bool("create_parents", false, problems);
    int volumesMax = block.integer("volumes_max", VOLUMES_MAX, problems);
    long volumeBytesMax = block.bytes("volume_bytes_max", VOLUME_BYTES_MAX, problems);
    int openLayersMax = block.integer("open_layers_max", OPEN_LAYERS_MAX, problems);
    long mapBytesMax = block.bytes("map_bytes_max", MAP_BYTES_MAX, problems);
    boolean nativeCalls = block.bool("native", true, problems);
    block.refuseOtherKeys(problems);

    if (volumesMax < 1 || volumesMax > VOLUMES_MAX_MAX)
      problems.add(
          block.at("volumes_max"),
          "%s: volumes_max is %d; it is 1 to %d"
              .formatted(block.name(), volumesMax, VOLUMES_MAX_MAX));
    if (volumeBytesMax < VolumeSize.SECTOR_BYTES || volumeBytesMax > VOLUME_BYTES_MAX_MAX)
      problems.add(
          block.at("volume_bytes_max"),
          "%s: volume_bytes_max is %d; it is %d to %d"
              .formatted(
                  block.name(), volumeBytesMax, VolumeSize.SECTOR_BYTES, VOLUME_BYTES_MAX_MAX));

    if (openLayersMax < 1 || openLayersMax > OPEN_LAYERS_MAX_MAX)
      problems.add(
          block.at("open_layers_max"),
          "%s: open_layers_max is %d; it is 1 to %d"
              .formatted(block.name(), openLayersMax, OPEN_LAYERS_MAX_MAX));
    if (mapBytesMax < MAP_BYTES_MAX_MIN)
      problems.add(
          block.at("map_bytes_max"),
          "%s: map_bytes_max is %d; it is at least %d"
              .formatted(block.name(), mapBytesMax, MAP_BYTES_MAX_MIN));

    if (problems.count() > before) return Optional.empty();
    return path.map(p ->
        new StoreSettings(
            p, createParents, volumesMax, volumeBytesMax, openLayersMax, mapBytesMax, nativeCalls));
  }

  /** A relative path begins at the folder of the configuration file. */
  private static Optional<Path> path(Block block, Problems problems) {
    if (!block.has("path")) {
      problems.add(block.at(), "%s: path is missing".formatted(block.name()));
      return Optional.empty();
    }
    Optional<Path> path =
        block.path("path", problems).map(named -> named.toAbsolutePath().normalize());
    if (path.isPresent() && path.get().getParent() == null)
      problems.add(
          block.at("path"),
          "%s: path is %s; a store has a directory of its own".formatted(block.name(), path.get()));
    return path;
  }
}
