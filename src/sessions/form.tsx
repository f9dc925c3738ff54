import { TranslationBundle } from '@jupyterlab/translation';
import { FormComponent } from '@jupyterlab/ui-components';
import type { ValidatorType } from '@rjsf/utils';
import * as React from 'react';

import { useSignal } from '../components/hooks';
import { told } from '../messages';
import { StartFormModel } from './formmodel';
import { IFormContext, TEMPLATES, WIDGETS } from './formwidgets';

/**
 * The fields of the start dialog, as the server describes them.
 */
export function StartForm(props: StartForm.IProps): JSX.Element {
  const { model, trans } = props;
  useSignal(model.changed);
  const node = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    node.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [model.refusals]);
  const { schema, uiSchema, formData } = model.view;
  const formContext: IFormContext = {
    advanced: trans.__('Advanced'),
    errors: model.errors
  };
  return (
    <div className="jp-EmoutLab-Form" aria-busy={model.isBusy} ref={node}>
      <FormComponent
        schema={schema}
        uiSchema={uiSchema}
        formData={formData}
        formContext={formContext}
        templates={TEMPLATES}
        widgets={WIDGETS}
        validator={NO_VALIDATOR}
        noValidate
        idPrefix="jp-EmoutLab-StartForm"
        tagName="div"
        className="jp-EmoutLab-Form-fields"
        readonly={model.profiles === null || model.isBusy}
        onChange={({ formData }) => model.take(formData ?? {})}
      />
      <div className="jp-EmoutLab-Form-status" role="status">
        {model.failure === null ? statusText(model, trans) : null}
      </div>
      {model.failure !== null && (
        <div className="jp-EmoutLab-Form-failure" role="alert">
          {told(model.failure, trans)}
          {model.profiles === null && (
            <button
              type="button"
              className="jp-EmoutLab-Notice-action"
              onClick={() => void model.load()}
            >
              {trans.__('Retry')}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

export namespace StartForm {
  export interface IProps {
    model: StartFormModel;
    trans: TranslationBundle;
  }
}

/**
 * The model checks the form when it is sent, and the server has the last word. A validator that
 * compiles schemas in the page would need `eval`.
 */
const NO_VALIDATOR: ValidatorType = {
  validateFormData: () => ({ errors: [], errorSchema: {} }),
  rawValidation: () => ({}),
  toErrorList: () => [],
  isValid: () => true
};

function statusText(model: StartFormModel, trans: TranslationBundle): string {
  if (model.profiles === null) {
    return trans.__('Asking what is available…');
  }
  return model.isBusy ? trans.__('Starting the session…') : '';
}
