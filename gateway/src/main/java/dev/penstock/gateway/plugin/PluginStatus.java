package dev.penstock.gateway.plugin;

import java.util.List;
import java.util.Optional;

/**
 * What became of an archive.
 *
 * @param id as its manifest says; the name of the file, if it says nothing
 * @param version empty if it is not known
 * @param reason why it is refused
 * @param archive the name of the file in the plugins folder
 * @param sha256 of the archive, in hexadecimal; empty if it could not be read
 */
public record PluginStatus(
    String id,
    String version,
    State state,
    Optional<String> reason,
    String archive,
    String sha256,
    String provider,
    String description,
    List<Extension> extensions) {

  public PluginStatus {
    extensions = List.copyOf(extensions);
  }

  /** Where an archive stands. */
  public enum State {
    /** Its kinds can be configured. */
    LOADED,
    /** It lies in the folder, and was let go on request. */
    UNLOADED,
    /** It cannot be loaded; the reason says why. */
    REFUSED
  }

  /** What a plugin can be used for. */
  public enum Role {
    MODULE,
    STORE,
    RULE,
    TARGET,
    KEY_STORE
  }

  /** A kind that the plugin brings; of a rule, its key; of a target, a scheme. */
  public record Extension(Role role, String kind, String summary) {}
}
