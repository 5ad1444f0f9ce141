/** The channel on which the database tells of each registered template; the payload is `<namespace>/<name>/<version>`. */
export const TEMPLATE_REGISTERED_CHANNEL = 'tasker_template_registered';
