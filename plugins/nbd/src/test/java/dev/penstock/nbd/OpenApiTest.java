package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.MemoryVolume;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class OpenApiTest {
  /** Paths stand at the first level below {@code paths}, their methods at the next. */
  private static final Pattern LINE =
      Pattern.compile("  (/\\S+):|    (get|put|post|patch|delete):");

  @Test
  void theDocumentDescribesExactlyTheRoutes() {
    try (var server = TestServer.of(MemoryVolume.named("demo", 4096))) {
      Set<String> mounted = new TreeSet<>();
      for (var route : server.host().admin().routes()) {
        mounted.add(route.method().name().toLowerCase(Locale.ROOT) + " " + route.path());
      }
      assertThat(server.host().admin().documents()).containsExactly(NbdModule.openapi());
      assertThat(documented(NbdModule.openapi())).isEqualTo(mounted);
    }
  }

  private static Set<String> documented(String openapi) {
    Set<String> operations = new TreeSet<>();
    String path = "";
    for (String line : openapi.lines().toList()) {
      var found = LINE.matcher(line);
      if (!found.matches()) continue;
      if (found.group(1) != null) path = found.group(1);
      else operations.add(found.group(2) + " " + path);
    }
    return operations;
  }
}
