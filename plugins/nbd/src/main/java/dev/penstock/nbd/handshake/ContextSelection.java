package dev.penstock.nbd.handshake;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Which contexts of which export a client wants to ask about. Protocol document,
 * "NBD_OPT_SET_META_CONTEXT".
 *
 * @param askedFor the name that the client used for the export
 * @param contexts in the order that the export offers them
 */
record ContextSelection(String askedFor, List<SelectedContext> contexts) {
  static final ContextSelection NONE = new ContextSelection("", List.of());

  /** Selects by full names: a namespace alone, and a name that nobody has, select nothing. */
  static ContextSelection of(String askedFor, ExportOffer offer, ContextQuery query) {
    List<MetaContext> offered = offer.contexts();
    return new ContextSelection(
        askedFor,
        IntStream.range(0, offered.size())
            .filter(i -> query.asksFor(offered.get(i).name()))
            .mapToObj(i -> new SelectedContext(i + 1, offered.get(i)))
            .toList());
  }

  /** What is worth something once this export is chosen: "used the same export name". */
  List<SelectedContext> of(String chosen) {
    return askedFor.equals(chosen) ? contexts : List.of();
  }
}
