package dev.penstock.gateway.admin;

import dev.penstock.spi.config.Nearest;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/** Says that there is none of a name, and which name may have been meant. */
final class Known {
  private Known() {}

  static <T> String no(String what, String name, Collection<T> all, Function<T, String> nameOf) {
    List<String> names = all.stream().map(nameOf).toList();
    String asked = Plain.text(name);
    String hint = Nearest.to(asked, names).map(near -> "; did you mean " + near + "?").orElse("");
    return "there is no %s %s%s".formatted(what, asked, hint);
  }
}
