package dev.penstock.replication.handoff;

import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.ownership.Ownership.Before;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/**
 * Records, messages and answers in a few words. An epoch is its number; {@code 2'} is another one
 * of the same number.
 */
final class Notation {
  static final Counterpart SOURCE = new Counterpart("server-a", "vm-a");
  static final Counterpart DESTINATION = new Counterpart("server-b", "vm-b");
  static final Counterpart THIRD = new Counterpart("server-c", "vm-c");
  static final Counterpart ADDRESS = new Counterpart("nbd://there", "vm-b");
  static final String LAST = "digest";

  private Notation() {}

  static Epoch epoch(String word) {
    boolean other = word.endsWith("'");
    long number = Long.parseLong(other ? word.substring(0, word.length() - 1) : word);
    return number == 0 ? Epoch.FIRST : new Epoch(number, new UUID(other ? 1 : 0, number));
  }

  /**
   * {@code gone 2}, {@code receiving 3 after gone 2}, {@code none (3)} with what is recorded,
   * {@code gone 3 owning 2} with what was owned. What is {@code leaving} or {@code moved} goes to
   * what is no gateway.
   */
  static Optional<Ownership> record(String words) {
    if (words.equals("nothing")) return Optional.empty();
    int owning = words.indexOf(" owning ");
    if (owning >= 0) {
      Ownership usual = usual(List.of(words.substring(0, owning).split(" ")));
      Epoch owned = epoch(words.substring(owning + " owning ".length()));
      return Optional.of(new Ownership(usual.phase(), usual.recorded(), Optional.of(owned)));
    }
    int bracket = words.indexOf(" (");
    String plain = bracket < 0 ? words : words.substring(0, bracket);
    Ownership usual = usual(List.of(plain.split(" ")));
    if (bracket < 0) return Optional.of(usual);
    Epoch recorded = epoch(words.substring(bracket + 2, words.length() - 1));
    return Optional.of(new Ownership(usual.phase(), recorded, usual.owned()));
  }

  private static Ownership usual(List<String> words) {
    Epoch epoch = words.size() < 2 ? Epoch.FIRST : epoch(words.get(1));
    Ownership before =
        words.contains("after") ? usual(words.subList(3, words.size())) : Ownership.NONE;
    Optional<Epoch> first = Optional.of(Epoch.FIRST);
    return switch (words.getFirst()) {
      case "none" -> Ownership.NONE;
      case "owner" -> new Ownership(new Ownership.Owner(), epoch, Optional.of(epoch));
      case "forced" ->
          new Ownership(new Ownership.Owner(Optional.of(SOURCE)), epoch, Optional.of(epoch));
      case "offered" -> new Ownership(new Ownership.Offered(epoch, DESTINATION), epoch, first);
      case "leaving" -> new Ownership(new Ownership.Offered(epoch, ADDRESS), epoch, first);
      case "moved" -> new Ownership(new Ownership.Gone(epoch, ADDRESS), epoch, first);
      case "handed" -> new Ownership(new Ownership.Handed(epoch, DESTINATION), epoch, first);
      case "gone" -> new Ownership(new Ownership.Gone(epoch, DESTINATION), epoch, first);
      case "gone-to-third" -> new Ownership(new Ownership.Gone(epoch, THIRD), epoch, first);
      case "gone-to-source" -> new Ownership(new Ownership.Gone(epoch, SOURCE), epoch, first);
      case "receiving" ->
          new Ownership(
              new Ownership.Receiving(epoch, SOURCE, (Before) before.phase()),
              epoch,
              before.owned());
      case "prepared" ->
          new Ownership(
              new Ownership.Prepared(epoch, SOURCE, LAST, (Before) before.phase()),
              epoch,
              before.owned());
      case "forked" ->
          new Ownership(new Ownership.Forked(twin(epoch), SOURCE), epoch, Optional.of(epoch));
      default -> throw new IllegalArgumentException(words.getFirst());
    };
  }

  private static Epoch twin(Epoch epoch) {
    long other = 1 - epoch.migration().getMostSignificantBits();
    return new Epoch(epoch.number(), new UUID(other, epoch.number()));
  }

  static Message message(String words) {
    Epoch epoch = epoch(words.substring(words.indexOf(' ') + 1));
    return switch (words.substring(0, words.indexOf(' '))) {
      case "offer" -> new Message.Offer(epoch, SOURCE, 4096);
      case "last" -> new Message.Last(epoch, LAST);
      case "commit" -> new Message.Commit(epoch);
      case "abort" -> new Message.Abort(epoch);
      case "ask" -> new Message.Ask(epoch);
      case "claim" -> new Message.Claim(epoch, SOURCE);
      default -> throw new IllegalArgumentException(words);
    };
  }

  /** With what stands, if the answer says that. */
  static String words(Answer answer) {
    String word = answer.getClass().getSimpleName().toLowerCase(Locale.ROOT);
    return answer instanceof Answer.Refused refused && refused.stands().isPresent()
        ? word + " " + refused.stands().get().number()
        : word;
  }
}
