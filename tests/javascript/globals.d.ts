// What Python writes into the scripts that are no modules: see page.py and page_first.py.
declare const LOCALES: Record<string, string>;
declare const TITLE: string;
declare const LANGUAGE: string;
