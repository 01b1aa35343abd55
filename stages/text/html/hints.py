"""What class and id names say of an element, found by one automaton over all the words at once."""

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.text.html.automaton import automaton
from stages.text.html.tags import signed

# What an element is by its names, bits of a node's marks.
NAVIGATION = 1 << 0
HEADER = 1 << 1
FOOTER = 1 << 2
ASIDE = 1 << 3
SHARING = 1 << 4
ADVERTISEMENT = 1 << 5
DIALOG = 1 << 6
FORM = 1 << 7
CONTENT = 1 << 8
RELATED = 1 << 9
COMMENTS = 1 << 10
CONTENTS_TABLE = 1 << 11
BYLINE = 1 << 12
LEGAL = 1 << 13
UNSEEN = 1 << 14  # for screen readers, editors' links, line anchors: not shown, or no text
# What it is by its tag or role, which are surer than names.
MAIN_TAG = 1 << 15
ARTICLE_TAG = 1 << 16
BUTTON_TAG = 1 << 17
NAVIGATION_TAG = 1 << 18
HEADER_TAG = 1 << 19
FOOTER_TAG = 1 << 20
ASIDE_TAG = 1 << 21
PART_OF_ENTRY = 1 << 22  # a header or footer by name, but of an entry, not of the page

# "_" stands for a word's border: the value's ends, anything but a letter, or a small letter before a capital; "__" for
# the value's ends alone. Names that style more than they tell (head, bottom, sub, tab, pr-4) are left out on purpose.
_WORDS: dict[int, str] = {
    NAVIGATION: "_nav_ nav_ navi_ _navbar _navbox _navheader _navfooter _navlink _navmenu navigation navigator _menu "
    "menu_ gnav lnav breadcrumb _crumb pankuzu topicpath topic_path _path_ pager_ _pager pagination page_numbers "
    "page_nav sitemap_ tablist tab_list tab_nav global_link langs_ language_switch lang_select toplang bottomlang "
    "_jump_ pagetop page_top totop _prev_next prevnext _skip_",
    HEADER: "__header_ __head__ site_header siteheader page_header pageheader global_header globalheader "
    "l_header g_header "
    "masthead site_title site_name site_description blog_title _logo_ topbar",
    FOOTER: "footer __foot_ colophon",
    ASIDE: "sidebar _side_ _side side_ _aside_ subcolumn sub_column widget_area widgetarea widget_recent "
    "widget_archive "
    "widget_categor _secondary_ _rail_ leftcolumn rightcolumn _calendar_ tagcloud tag_cloud blogroll "
    "_archives_ _profile_",
    SHARING: "_share_ share_ sharebutton sharing _sns_ sns_ _sns social _tweet_ facebook hatena_bookmark hatena_star "
    "bookmark_ follow_us _like_",
    ADVERTISEMENT: "_ad_ _ads_ advert adsense adbox ad_area _sponsor affiliate _banner_ _banner banner_ "
    "promotion _promo_ "
    "dfp_",
    DIALOG: "modal popup _pop_up_ cookie consent gdpr overlay_ _toast_ lightbox",
    FORM: "_search_ search_box searchbox search_form searchform _login_ _signup_ subscribe newsletter _form_",
    CONTENT: "_article_ article_body articlebody _entry_ entry_body entry_content _post_ post_body "
    "post_content _content_ "
    "_contents_ maincontent main_content _main_ honbun _story_ body_text bodytext _text_ page_content",
    RELATED: "_tags_ taglist tag_list catlinks related _relation_ recommend ranking _rank_ popular _recent_ latest_ "
    "new_arrival pickup_ _more_ read_more readmore _trackback other_articles _next_ _prev_",
    COMMENTS: "comment_ comments_ _respond_ disqus",
    CONTENTS_TABLE: "_toc_ table_of_contents tableofcontents _mokuji_ tocs_ toctree",
    BYLINE: "byline _date_ posted_on entry_meta post_meta entry_info _author_ _category_ _categories_ timestamp _meta_",
    LEGAL: "copyright disclaimer privacy_ _legal_",
    PART_OF_ENTRY: "entry_header post_header article_header content_header entry_footer post_footer article_footer "
    "entry_title post_title article_title",
    UNSEEN: "sr_only screen_reader visually_hidden visuallyhidden screenreader editsection edit_section headerlink "
    "header_link skip_link skiplink skip_nav linenos lineno_ noprint printonly",
}

_BORDER = 26


def _symbols(word: str) -> bytes:
    return bytes(_BORDER if character == "_" else ord(character) - 97 for character in word)


HINT_STATES, HINT_MARKS = automaton(
    {mark: [_symbols(word) for word in words.split()] for mark, words in _WORDS.items()}, 27
)


@kernel
def hinted(
    html: npt.NDArray[np.uint8], start: int, end: int, states: npt.NDArray[np.int16], marks: npt.NDArray[np.int64]
) -> int:
    """The marks that the names in `html[start:end]` carry."""
    found: int = signed(0)
    state = states[states[0, 26], 26]
    small = False
    border = True
    for i in range(start, end):
        byte = html[i]
        lower = byte | 32
        if 97 <= lower <= 122:
            if small and byte < 97:
                state = states[state, 26]
                found |= marks[state]
            state = states[state, lower - 97]
            small = byte >= 97
            border = False
        else:
            small = False
            if border:
                continue
            state = states[state, 26]
            border = True
        found |= marks[state]
    for _ in range(1 if border else 2):
        state = states[state, 26]
        found |= marks[state]
    if found & PART_OF_ENTRY:
        found &= ~(HEADER | FOOTER | PART_OF_ENTRY)
    return found
