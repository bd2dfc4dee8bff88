// Fills a form in as ODK Collect does: with JavaRosa, question by question, and prints the sheet as XML.
// Arguments: the form, then pairs of a question's path and its answer. Runs from source: java -cp ODK_Validate.jar …

import java.io.FileInputStream;
import java.io.PrintStream;
import java.util.HashMap;
import java.util.Map;
import org.javarosa.core.model.Constants;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.SelectChoice;
import org.javarosa.core.model.data.IAnswerData;
import org.javarosa.core.model.data.SelectOneData;
import org.javarosa.core.model.data.StringData;
import org.javarosa.core.model.data.helper.Selection;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.form.api.FormEntryController;
import org.javarosa.form.api.FormEntryModel;
import org.javarosa.form.api.FormEntryPrompt;
import org.javarosa.model.xform.XFormSerializingVisitor;
import org.javarosa.xform.util.XFormUtils;

public class JavaRosaClient {
    public static void main(String[] given) throws Exception {
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        System.setOut(System.err); // the library is talkative
        Map<String, String> answers = new HashMap<>();
        for (int at = 1; at + 1 < given.length; at += 2) answers.put(given[at], given[at + 1]);
        FormDef form = XFormUtils.getFormFromInputStream(new FileInputStream(given[0]));
        form.initialize(true, new InstanceInitializationFactory());
        FormEntryController steps = new FormEntryController(new FormEntryModel(form));
        for (int event = steps.stepToNextEvent(); event != FormEntryController.EVENT_END_OF_FORM;
                event = steps.stepToNextEvent()) {
            if (event != FormEntryController.EVENT_QUESTION) continue;
            FormEntryPrompt asked = steps.getModel().getQuestionPrompt();
            String path = asked.getIndex().getReference().toString(false);
            System.err.println("asked " + path + ": " + asked.getLongText());
            if (!answers.containsKey(path)) continue;
            int result = steps.answerQuestion(asked.getIndex(), read(asked, answers.get(path)), true);
            if (result != FormEntryController.ANSWER_OK) throw new IllegalStateException(path + ": " + result);
        }
        form.postProcessInstance();
        out.write(new XFormSerializingVisitor().serializeInstance(form.getInstance()));
        out.flush();
    }

    private static IAnswerData read(FormEntryPrompt asked, String answer) {
        if (asked.getControlType() != Constants.CONTROL_SELECT_ONE) return new StringData(answer);
        for (SelectChoice choice : asked.getSelectChoices()) {
            if (choice.getValue().equals(answer)) return new SelectOneData(new Selection(choice));
        }
        throw new IllegalArgumentException("no such choice: " + answer);
    }
}
