// Holds HL7 v2 messages against a message profile with HAPI HL7v2, and prints what it has against each.
// Arguments: the profile, then a file with messages, each ended by a line "--". Prints "## N" and one line an exception.

import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.HL7Exception;
import ca.uhn.hl7v2.HapiContext;
import ca.uhn.hl7v2.conf.check.DefaultValidator;
import ca.uhn.hl7v2.conf.parser.ProfileParser;
import ca.uhn.hl7v2.conf.spec.RuntimeProfile;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.parser.Parser;
import ca.uhn.hl7v2.validation.impl.NoValidation;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

public class Hl7v2Profiles {
    public static void main(String[] arguments) throws Exception {
        RuntimeProfile profile = new ProfileParser(false).parse(Files.readString(Path.of(arguments[0])));
        HapiContext context = new DefaultHapiContext();
        context.setValidationContext(new NoValidation());
        Parser parser = context.getPipeParser();
        String[] messages = Files.readString(Path.of(arguments[1]), StandardCharsets.UTF_8).split("\n--\n");
        for (int at = 0; at < messages.length; at++) {
            System.out.println("## " + at);
            try {
                Message message = parser.parse(messages[at].replace('\n', '\r'));
                for (HL7Exception found : new DefaultValidator(context).validate(message, profile.getMessage())) {
                    System.out.println(found.getClass().getSimpleName() + "\t" + found.getLocation() + "\t"
                        + found.getMessage().replace('\n', ' '));
                }
            } catch (HL7Exception | RuntimeException failure) {
                System.out.println("Unreadable\t\t" + failure);
            }
        }
    }
}
