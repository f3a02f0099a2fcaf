package dev.penstock.replication.plan;

import dev.penstock.spi.volume.VolumeName;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * What a volume is called that keeps what a copy had of its own: {@code
 * vm-1-diverged-3f2a9c01b7de}. After what it keeps: to keep that twice makes no second one.
 */
public final class KeptAside {
  private static final int GUID_CHARACTERS = 12;
  private static final Pattern NAME = Pattern.compile(".+-diverged-[0-9a-f]{12}");

  private KeptAside() {}

  /**
   * @param snapshot what it begins as
   */
  public static String name(String copy, UUID snapshot) {
    String guid = snapshot.toString().replace("-", "").substring(0, GUID_CHARACTERS);
    return VolumeName.require("%s-diverged-%s".formatted(copy, guid));
  }

  public static boolean is(String volume) {
    return NAME.matcher(volume).matches();
  }
}
