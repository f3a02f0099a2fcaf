package dev.penstock.volumes;

import java.util.regex.Pattern;

/**
 * Where things are in a store's directory.
 *
 * <pre>
 *   STORE                          format version, store's guid; locked by the one process that has it
 *   HOLDER                         who that is, for the message that the next one gets
 *   layers/ID.data                 sparse data; as long as the layer
 *   volumes/NAME/manifest.json     what the volume consists of
 * </pre>
 *
 * What is only half made or half removed has a name of its own, which no finished thing can have:
 * {@code STORE.tmp}, {@code volumes/.new-NAME}, {@code volumes/.gone-GUID}, {@code manifest.tmp}.
 */
final class Layout {
  static final String STORE = "STORE";
  static final String NEW_STORE = "STORE.tmp";
  static final String HOLDER = "HOLDER";
  static final String LAYERS = "layers";
  static final String VOLUMES = "volumes";

  static final String MANIFEST = "manifest.json";
  static final String NEW_MANIFEST = "manifest.tmp";

  // No volume's name begins with a dot. Other names that do are not ours to remove: a file system
  // or an operator may have put them there.
  private static final String NEW = ".new-";
  private static final String GONE = ".gone-";

  private static final String DATA_SUFFIX = ".data";

  /** As layers are named; a copy that an operator put beside one is not. */
  private static final Pattern DATA =
      Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.data");

  private Layout() {}

  static String layers(String file) {
    return LAYERS + "/" + file;
  }

  static String dataOf(String layer) {
    return layers(layer + DATA_SUFFIX);
  }

  /** Whether a name under {@code layers/} is one that this version gives. */
  static boolean isData(String file) {
    return DATA.matcher(file).matches();
  }

  static String layerOf(String dataFile) {
    return dataFile.substring(0, dataFile.length() - DATA_SUFFIX.length());
  }

  static String volume(String name) {
    return VOLUMES + "/" + name;
  }

  static String newVolume(String name) {
    return volume(NEW + name);
  }

  static String goneVolume(String guid) {
    return volume(GONE + guid);
  }

  /** Whether a name under {@code volumes/} is that of a volume being made or removed. */
  static boolean isUnfinished(String name) {
    return name.startsWith(NEW) || name.startsWith(GONE);
  }

  static String manifestIn(String volumeDirectory) {
    return volumeDirectory + "/" + MANIFEST;
  }

  static String newManifestIn(String volumeDirectory) {
    return volumeDirectory + "/" + NEW_MANIFEST;
  }
}
