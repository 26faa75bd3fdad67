// Judges HL7 v2 messages with HAPI HL7v2: one message in base64 a line on standard input, what it has against it as one line.
// All its rules are asked, so that it says as much as it can; that it knows no local segment is left out.
import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.HL7Exception;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.parser.ParserConfiguration;
import ca.uhn.hl7v2.parser.PipeParser;
import ca.uhn.hl7v2.parser.UnexpectedSegmentBehaviourEnum;
import ca.uhn.hl7v2.validation.MessageValidator;
import ca.uhn.hl7v2.validation.ValidationException;
import ca.uhn.hl7v2.validation.ValidationExceptionHandler;
import ca.uhn.hl7v2.validation.builder.support.DefaultValidationBuilder;
import ca.uhn.hl7v2.validation.impl.ValidationContextFactory;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

public class Hl7v2Judge {
  static class AllRules extends DefaultValidationBuilder {
    @Override
    protected void configure() {
      super.configure();
      forAllVersions().message().all().onlyKnownSegments();
      forAllVersions().message().all().onlyAllowableSegmentsInSuperStructure();
      forAllVersions().message().all().choiceElementsRespected();
    }
  }

  record Handler(List<String> told) implements ValidationExceptionHandler<Boolean> {
    @Override
    public void onExceptions(ValidationException... exceptions) {
      for (ValidationException each : exceptions) {
        if (!each.getMessage().startsWith("Found unknown segment: Z")) {
          told.add(each.getMessage());
        }
      }
    }

    @Override
    public Boolean result() {
      return told.isEmpty();
    }

    @Override
    public boolean hasFailed() {
      return !told.isEmpty();
    }

    @Override
    public void setValidationSubject(Object subject) {}
  }

  public static void main(String[] arguments) throws Exception {
    DefaultHapiContext context = new DefaultHapiContext(ValidationContextFactory.fromBuilder(new AllRules()));
    ParserConfiguration settings = context.getParserConfiguration();
    settings.setUnexpectedSegmentBehaviour(UnexpectedSegmentBehaviourEnum.ADD_INLINE);
    settings.setValidating(false);
    PipeParser parser = context.getPipeParser();
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String text = new String(Base64.getDecoder().decode(line), StandardCharsets.UTF_8);
      System.out.println(String.join(" / ", judge(context, parser, text)).replaceAll("[\\r\\n\\t]+", " "));
    }
  }

  static List<String> judge(DefaultHapiContext context, PipeParser parser, String text) {
    List<String> told = new ArrayList<>();
    try {
      Message message = parser.parse(text);
      MessageValidator validator = new MessageValidator(context.getValidationContext(), false);
      validator.setValidatePrimitives(true);
      validator.validate(message, new Handler(told));
    } catch (HL7Exception | RuntimeException error) {
      told.add(error.getClass().getSimpleName() + ": " + error.getMessage());
    }
    return told;
  }
}
