package dev.penstock.gateway.child;

import java.util.HashMap;
import java.util.Map;

/** What a child sees of the gateway's environment: what programs need, and no secret of others. */
final class ChildEnvironment {
  private static final String USUAL_PATH = "/usr/local/bin:/usr/bin:/bin";

  private ChildEnvironment() {}

  static Map<String, String> of(Map<String, String> ours) {
    Map<String, String> small = new HashMap<>();
    small.put("PATH", ours.getOrDefault("PATH", USUAL_PATH));
    small.put("LANG", ours.getOrDefault("LANG", "C.UTF-8"));
    for (String name : new String[] {"HOME", "SSH_AUTH_SOCK"})
      if (ours.containsKey(name)) small.put(name, ours.getOrDefault(name, ""));
    return Map.copyOf(small);
  }
}
