package dev.penstock.gateway.plugin;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.SpiVersion;
import java.util.Properties;
import java.util.regex.Pattern;
import org.pf4j.DefaultVersionManager;

/**
 * What a plugin says about itself in {@code plugin.properties}.
 *
 * @param id unique among plugins, and the name of its folder: letters, digits and dashes
 * @param requires the versions of the SPI that it was written for
 */
public record PluginManifest(
    String id, String version, String requires, String provider, String description) {
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9-]{0,63}");
  private static final Pattern VERSION = Pattern.compile("\\d[A-Za-z0-9.+-]{0,63}");

  /** Throws {@link GatewayError.Invalid} with the reason why it is no manifest of a plugin. */
  static PluginManifest read(Properties properties) {
    var manifest =
        new PluginManifest(
            required(properties, "plugin.id"),
            required(properties, "plugin.version"),
            required(properties, "plugin.requires"),
            properties.getProperty("plugin.provider", "").trim(),
            properties.getProperty("plugin.description", "").trim());
    if (!ID.matcher(manifest.id).matches())
      throw new GatewayError.Invalid(
          "plugin.id is \"%s\"; it takes letters, digits and dashes, at most 64"
              .formatted(manifest.id));
    if (!VERSION.matcher(manifest.version).matches())
      throw new GatewayError.Invalid(
          "plugin.version is \"%s\"; it takes a version such as 1.0.0".formatted(manifest.version));
    refuse(properties, "plugin.class", "a plugin's life is that of its modules and stores");
    refuse(properties, "plugin.dependencies", "plugins share nothing but the SPI");
    manifest.requireThisSpi();
    return manifest;
  }

  private static String required(Properties properties, String key) {
    String value = properties.getProperty(key, "").trim();
    if (value.isEmpty())
      throw new GatewayError.Invalid("plugin.properties says no %s".formatted(key));
    return value;
  }

  private static void refuse(Properties properties, String key, String why) {
    if (!properties.getProperty(key, "").isBlank())
      throw new GatewayError.Invalid(
          "plugin.properties has %s: leave it out, %s".formatted(key, why));
  }

  private void requireThisSpi() {
    boolean fits;
    try {
      fits = new DefaultVersionManager().checkVersionConstraint(SpiVersion.CURRENT, requires);
    } catch (RuntimeException _) {
      throw new GatewayError.Invalid(
          "plugin.requires is \"%s\"; it takes versions of the SPI such as >=1.0.0 & <2.0.0"
              .formatted(requires));
    }
    if (!fits)
      throw new GatewayError.Invalid(
          "it requires SPI %s; this gateway has SPI %s".formatted(requires, SpiVersion.CURRENT));
  }

  /** Whether this version is newer, by semantic versioning; by text, if either is none. */
  boolean isNewerThan(PluginManifest other) {
    try {
      return new DefaultVersionManager().compareVersions(version, other.version) > 0;
    } catch (RuntimeException _) {
      return version.compareTo(other.version) > 0;
    }
  }
}
