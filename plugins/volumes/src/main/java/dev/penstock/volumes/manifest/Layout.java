package dev.penstock.volumes.manifest;

import dev.penstock.spi.volume.VolumeName;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where things are in a store's directory.
 *
 * <pre>
 *   STORE                          format version, store's guid; locked by the one process that has it
 *   HOLDER                         who that is, for the message that the next one gets
 *   layers/ID.data                 sparse data; as long as the layer
 *   layers/ID.log                  what a layer that has a parent claims, as it came
 *   layers/ID.map                  the same, up to some record of the log
 *   layers/ID.data.aside           what no manifest named, moved out of the way by an operator
 *   volumes/NAME/manifest.json     what the volume consists of
 *   owners/NAME.json               who owns the volume; stays when the volume goes
 * </pre>
 *
 * What is only half made or half removed has a name of its own, which no finished thing can have:
 * {@code STORE.tmp}, {@code volumes/.new-NAME}, {@code volumes/.gone-GUID}, {@code
 * volumes/.in-NAME} for what is being received, {@code manifest.tmp}, {@code ID.map.tmp}, {@code
 * owners/NAME.tmp}.
 *
 * <p>{@code owners} is made with the first record: a store has none before.
 */
public final class Layout {
  public static final String STORE = "STORE";
  public static final String NEW_STORE = "STORE.tmp";
  public static final String HOLDER = "HOLDER";
  public static final String LAYERS = "layers";
  public static final String VOLUMES = "volumes";
  public static final String OWNERS = "owners";

  public static final String MANIFEST = "manifest.json";
  public static final String NEW_MANIFEST = "manifest.tmp";

  // No volume's name begins with a dot. Other names that do are not ours to remove: a file system
  // or an operator may have put them there.
  private static final String NEW = ".new-";
  private static final String GONE = ".gone-";
  private static final String INCOMING = ".in-";

  private static final String DATA_SUFFIX = ".data";
  private static final String LOG_SUFFIX = ".log";
  private static final String MAP_SUFFIX = ".map";
  private static final String NEW_MAP_SUFFIX = ".map.tmp";
  private static final String ASIDE_SUFFIX = ".aside";

  private static final String OWNERSHIP_SUFFIX = ".json";
  private static final String NEW_OWNERSHIP_SUFFIX = ".tmp";

  /** As files of layers are named; a copy that an operator put beside one is not. */
  private static final Pattern OF_LAYER =
      Pattern.compile("([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})\\.(data|log|map|map\\.tmp)");

  private Layout() {}

  public static String layers(String file) {
    return LAYERS + "/" + file;
  }

  public static String dataOf(String layer) {
    return layers(layer + DATA_SUFFIX);
  }

  public static String logOf(String layer) {
    return layers(layer + LOG_SUFFIX);
  }

  public static String mapOf(String layer) {
    return layers(layer + MAP_SUFFIX);
  }

  public static String newMapOf(String layer) {
    return layers(layer + NEW_MAP_SUFFIX);
  }

  /** Every file that a layer can have; its data last, since it is what others are looked for by. */
  public static List<String> filesOf(String layer) {
    return List.of(newMapOf(layer), mapOf(layer), logOf(layer), dataOf(layer));
  }

  /** The layer that a file under {@code layers/} is of; empty if it is none that a store makes. */
  public static Optional<String> layerOf(String file) {
    Matcher matcher = OF_LAYER.matcher(file);
    return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  /**
   * What a file is called that an operator wants out of the way: no layer has files of that name.
   */
  public static String aside(String path) {
    return path + ASIDE_SUFFIX;
  }

  public static boolean isAside(String file) {
    return file.endsWith(ASIDE_SUFFIX)
        && layerOf(file.substring(0, file.length() - ASIDE_SUFFIX.length())).isPresent();
  }

  public static boolean isNewMap(String file) {
    return file.endsWith(NEW_MAP_SUFFIX);
  }

  public static String volume(String name) {
    return VOLUMES + "/" + name;
  }

  public static String newVolume(String name) {
    return volume(NEW + name);
  }

  public static String goneVolume(String guid) {
    return volume(GONE + guid);
  }

  /** The name of the directory, under {@code volumes/}, of a volume that is being received. */
  public static String incomingVolume(String name) {
    return INCOMING + name;
  }

  public static boolean isIncoming(String name) {
    return name.startsWith(INCOMING);
  }

  /** The name of a volume that is being received. */
  public static String received(String incoming) {
    return incoming.substring(INCOMING.length());
  }

  /** Whether a name under {@code volumes/} is that of a volume being made or removed. */
  public static boolean isUnfinished(String name) {
    return name.startsWith(NEW) || name.startsWith(GONE);
  }

  public static String manifestIn(String volumeDirectory) {
    return volumeDirectory + "/" + MANIFEST;
  }

  public static String newManifestIn(String volumeDirectory) {
    return volumeDirectory + "/" + NEW_MANIFEST;
  }

  /** A path under {@code owners/}. */
  public static String owners(String file) {
    return OWNERS + "/" + file;
  }

  public static String ownershipOf(String volume) {
    return owners(volume + OWNERSHIP_SUFFIX);
  }

  public static String newOwnershipOf(String volume) {
    return owners(volume + NEW_OWNERSHIP_SUFFIX);
  }

  /** The volume that a file under {@code owners/} is the record of; empty if it is no record. */
  public static Optional<String> volumeOfOwnership(String file) {
    return stem(file, OWNERSHIP_SUFFIX);
  }

  /** Whether a file under {@code owners/} is a record that was being written. */
  public static boolean isNewOwnership(String file) {
    return stem(file, NEW_OWNERSHIP_SUFFIX).isPresent();
  }

  private static Optional<String> stem(String file, String suffix) {
    if (!file.endsWith(suffix)) return Optional.empty();
    String volume = file.substring(0, file.length() - suffix.length());
    return VolumeName.objection(volume).isEmpty() ? Optional.of(volume) : Optional.empty();
  }
}
